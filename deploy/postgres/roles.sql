-- Run once, when the database volume is made: one account for each user of the server, none of them a superuser.
\set passerelle_password `cat /run/secrets/passerelle_database_password`
\set temporal_password `cat /run/secrets/temporal_database_password`

CREATE ROLE passerelle LOGIN PASSWORD :'passerelle_password';
CREATE DATABASE passerelle OWNER passerelle;
REVOKE CONNECT ON DATABASE passerelle FROM PUBLIC;

-- Temporal's schema job makes its two databases itself.
CREATE ROLE temporal LOGIN CREATEDB PASSWORD :'temporal_password';
