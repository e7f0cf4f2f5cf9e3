import { join } from 'node:path';
import { DomainError } from '../../gateway/domain/errors.ts';
import type { ObjectStore } from '../../gateway/domain/imaging/object-store.ts';
import { openFileObjects } from './files.ts';
import { openS3Objects } from './s3.ts';

export interface ObjectsOptions {
  /** `s3://bucket` or `s3://bucket/prefix`; undefined: files under `dataFolder`. */
  readonly url?: string;
  readonly dataFolder: string;
  readonly s3?: { readonly endpoint: string; readonly accessKey: string; readonly secretKey: string; readonly region: string };
}

/** The store the configuration names. @throws invalid for an address that names none; unavailable, full as the drivers do */
export async function openObjects(options: ObjectsOptions): Promise<ObjectStore> {
  if (options.url === undefined || options.url === '') return openFileObjects({ root: join(options.dataFolder, 'objects') });
  const [, bucket, prefix] = /^s3:\/\/([^/]+)(?:\/(.*))?$/.exec(options.url) ?? [];
  if (bucket === undefined) throw new DomainError('invalid', 'RENKEI_OBJECTS_URL must be s3://bucket or s3://bucket/prefix');
  if (!options.s3) {
    throw new DomainError('invalid', 'RENKEI_OBJECTS_URL needs RENKEI_S3_ENDPOINT, RENKEI_S3_ACCESS_KEY and RENKEI_S3_SECRET_KEY too');
  }
  return openS3Objects({ ...options.s3, bucket, prefix: prefix ?? '', stagingFolder: join(options.dataFolder, 'staging') });
}
