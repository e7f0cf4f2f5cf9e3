#!/bin/sh
# The database's container runs this once, when its volume is new: the role that the program works as. It owns nothing, and what it may is granted
# to it by the program's own start, which knows the owner too (gateway/decisions/index.md, "Two roles").
set -eu
psql --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --set ON_ERROR_STOP=1 --set password="$EVERYDAY_PASSWORD" <<'SQL'
CREATE ROLE renkei LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
SQL
