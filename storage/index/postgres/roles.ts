/**
 * Two roles: the owner of the schema sets it up and restores into it; the program's everyday role reads and writes rows. On the record
 * the everyday role may read and call `append_audit`: it can change, cut or empty it in no way, nor switch its triggers off.
 */
import type pg from 'pg';
import { DomainError } from '../../../gateway/domain/errors.ts';
import type { Log } from '../../../gateway/domain/operation/log.ts';
import { migrate } from './migrate.ts';
import { type ConnectionTarget, connectionOptions, type Database, translate, withClient } from './pool.ts';

/** What only the owner writes. */
const OWNERS_TABLES = ['audit', 'audit_head', 'schema_migrations'] as const;

/** Brings the schema up to date and opens it to the everyday role; the schema's version. @throws as `migrate`; conflict when the two addresses name different databases */
export async function prepareSchema(everyday: ConnectionTarget, owner: ConnectionTarget | undefined, log: Log): Promise<number> {
  if (owner === undefined) return migrate(everyday, log);
  const role = await withClient(connectionOptions(everyday), currentUser).catch((thrown: unknown) => {
    throw translate(thrown);
  });
  return migrate(owner, log, undefined, async (client, stepsDone) => {
    const record = await client.query<{ there: boolean }>("SELECT to_regclass('audit') IS NOT NULL AS there");
    if (record.rows[0]?.there !== true) throw recordMissing();
    if ((await currentUser(client)) === role) return;
    const known = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role]);
    if (known.rowCount === 0) throw differentDatabases();
    if (stepsDone === 0 && (await isOpenedTo(client, role))) return;
    await openTo(client, role);
    log.info('database.role-prepared');
  });
}

async function currentUser(client: pg.Client): Promise<string> {
  const found = await client.query<{ name: string }>('SELECT current_user AS name');
  return found.rows[0]?.name ?? '';
}

function differentDatabases(): DomainError {
  return new DomainError('conflict', 'RENKEI_DATABASE_URL and RENKEI_DATABASE_ADMIN_URL name different databases');
}

function recordMissing(): DomainError {
  return new DomainError(
    'conflict',
    'the record (table audit) is missing from the database: bring it back with npm start -- restore FILE into an empty database; ' +
      'or RENKEI_DATABASE_URL and RENKEI_DATABASE_ADMIN_URL name different databases',
  );
}

async function isOpenedTo(client: pg.Client, role: string): Promise<boolean> {
  const found = await client.query<{ opened: boolean }>(
    `SELECT has_table_privilege($1, 'studies', 'INSERT') AND has_table_privilege($1, 'audit_head', 'SELECT')
       AND NOT has_table_privilege($1, 'audit', 'INSERT, UPDATE, DELETE, TRUNCATE')
       AND NOT has_table_privilege($1, 'audit_head', 'INSERT, UPDATE, DELETE, TRUNCATE')
       -- Of every table, also one that a step made which did not come to its end.
       AND NOT EXISTS (SELECT FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
         AND NOT has_table_privilege($1, c.oid, 'SELECT'))
       AND has_function_privilege($1, 'append_audit(text[], text[], timestamptz[])', 'EXECUTE')
       -- A migration that replaces the function takes its path away.
       AND (SELECT proconfig IS NOT NULL FROM pg_proc WHERE oid = 'append_audit(text[], text[], timestamptz[])'::regprocedure) AS opened`,
    [role],
  );
  return found.rows[0]?.opened === true;
}

async function openTo(client: pg.Client, role: string): Promise<void> {
  const { rows } = await client.query<{ role: string; schema: string; database: string }>(
    'SELECT quote_ident($1) AS role, quote_ident(current_schema()) AS schema, quote_ident(current_database()) AS database',
    [role],
  );
  const { role: to, schema, database } = rows[0] as { role: string; schema: string; database: string };
  const append = `${schema}.append_audit(text[], text[], timestamptz[])`;
  await client.query(`BEGIN;
    REVOKE CREATE ON SCHEMA ${schema} FROM PUBLIC, ${to};
    GRANT USAGE ON SCHEMA ${schema} TO ${to};
    REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC, ${to};
    REVOKE ALL ON ALL TABLES IN SCHEMA ${schema} FROM PUBLIC, ${to};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schema} TO ${to};
    REVOKE INSERT, UPDATE, DELETE ON ${OWNERS_TABLES.map((table) => `${schema}.${table}`).join(', ')} FROM ${to};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${to};
    -- With a path of its own: a caller could otherwise put a table of the same name before the record.
    ALTER FUNCTION ${append} SET search_path = ${schema}, pg_temp;
    REVOKE ALL ON FUNCTION ${append} FROM PUBLIC;
    GRANT EXECUTE ON FUNCTION ${append} TO ${to};
    COMMIT`);
}

/** A superuser, the owner of the record, of its schema or database, or a member of one of those. @throws conflict when there is no record */
async function mayAlterRecord(database: Database): Promise<boolean> {
  const [found] = await database.rows<{ may: boolean }>({
    text: `SELECT r.rolsuper OR has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER')
        OR pg_has_role(c.relowner, 'MEMBER') OR pg_has_role(n.nspowner, 'MEMBER') OR pg_has_role(d.datdba, 'MEMBER') AS may
      FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, pg_database d
      WHERE r.rolname = current_user AND c.oid = to_regclass('audit') AND d.datname = current_database()`,
  });
  if (found === undefined) throw recordMissing();
  return found.may;
}

export async function warnOfRoleThatMayAlterRecord(database: Database, log: Log): Promise<void> {
  if (await mayAlterRecord(database)) {
    log.warn('record.role-may-alter', {
      what: 'the role in RENKEI_DATABASE_URL could alter the record; name the owner in RENKEI_DATABASE_ADMIN_URL and another role there',
    });
  }
}
