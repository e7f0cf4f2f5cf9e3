-- A share that the machine's operator made on the command line was made by no user.

ALTER TABLE shares ALTER COLUMN created_by DROP NOT NULL;
COMMENT ON COLUMN shares.created_by IS 'Null: the command line. Read by shares.ts.';
