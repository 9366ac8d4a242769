#!/bin/sh
# Makes Temporal's two databases, or brings them to this version's schema. Each step does nothing when it is
# already done, so that the job may run at every start. Where the server is and who we are comes from SQL_*.
set -eu
schema=/etc/temporal/schema/postgresql/v12

bring_up_to_date() {
    temporal-sql-tool --db "$1" create
    temporal-sql-tool --db "$1" setup-schema -v 0.0
    temporal-sql-tool --db "$1" update-schema -d "$schema/$2/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
