-- A password that somebody else has set is changed by its person before anything else, where the region wants that.

ALTER TABLE users ADD COLUMN password_by_other boolean;
COMMENT ON COLUMN users.password_by_other IS 'Somebody else has set the password and knows it; false once its person has changed it, null of accounts of before, of which nobody knows.';
