/** What letters of a facility's departments begin with. */
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { LetterIndex, LetterTemplate } from '../../../gateway/domain/referral/letter.ts';
import { TEMPLATES_MAX } from '../../../gateway/domain/referral/letter-content.ts';
import { lockFacility } from '../people/facility-lock.ts';
import { demandProven } from '../people/proofs.ts';
import type { Database, Row } from '../postgres/pool.ts';
import { appendAudit } from '../record/audit.ts';

const unknown = () => new DomainError('not-found', 'there is no such template', { ids: { reason: 'letter-template' } });

type Templates = Pick<LetterIndex, 'templates' | 'keepTemplate' | 'removeTemplate'>;

export function letterTemplates(db: Database, now: () => Date): Templates {
  return { templates: templates(db), keepTemplate: keepTemplate(db, now), removeTemplate: removeTemplate(db, now) };
}

const templates =
  (db: Database): Templates['templates'] =>
  async (facilityId) => {
    const rows = await db.rows({
      text: 'SELECT * FROM letter_templates WHERE facility_id = $1 ORDER BY department, name, template_id LIMIT $2',
      values: [facilityId, TEMPLATES_MAX],
    });
    return rows.map(toTemplate);
  };

const keepTemplate =
  (db: Database, now: () => Date): Templates['keepTemplate'] =>
  (facilityId, { id, name, department, kind, content }, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const values = [facilityId, name, department, kind, JSON.stringify(content)];
      if (id === undefined) {
        await lockFacility(tx, facilityId);
        const [held] = await tx.rows({
          text: 'SELECT count(*)::integer AS templates FROM letter_templates WHERE facility_id = $1',
          values: [facilityId],
        });
        if (held?.['templates'] >= TEMPLATES_MAX)
          throw new DomainError('conflict', 'too many templates', { ids: { reason: 'letter-templates' } });
      }
      const [row] =
        id === undefined
          ? await tx.rows({
              text: 'INSERT INTO letter_templates (facility_id, name, department, kind, content) VALUES ($1, $2, $3, $4, $5) RETURNING *',
              values,
            })
          : await tx.rows({
              text: `UPDATE letter_templates SET name = $2, department = $3, kind = $4, content = $5 WHERE facility_id = $1 AND template_id = $6
                  RETURNING *`,
              values: [...values, id],
            });
      if (row === undefined) throw unknown();
      const kept = toTemplate(row);
      await appendAudit(tx, entries(kept), at);
      return kept;
    });

const removeTemplate =
  (db: Database, now: () => Date): Templates['removeTemplate'] =>
  (facilityId, id, entries, proven) =>
    db.transaction(async (tx) => {
      const at = now();
      await demandProven(tx, proven, at);
      const gone = await tx.rows({
        text: 'DELETE FROM letter_templates WHERE facility_id = $1 AND template_id = $2 RETURNING template_id',
        values: [facilityId, id],
      });
      if (gone.length === 0) throw unknown();
      await appendAudit(tx, entries(), at);
    });

function toTemplate(row: Row): LetterTemplate {
  return { id: row['template_id'], name: row['name'], department: row['department'], kind: row['kind'], content: row['content'] };
}
