#!/bin/bash
# The account by which the tracker looks (docs/recovery.md, "Accounts"). Its password is a secret. Replication carries it to the replica.
set -eu
mariadb --user=root --password="$(head -n 1 /run/secrets/mariadb_root)" <<END
CREATE USER tracker@'%' IDENTIFIED BY '$(head -n 1 /run/secrets/tracker_mysql)' WITH MAX_USER_CONNECTIONS 5;
GRANT SLAVE MONITOR, BINLOG MONITOR ON *.* TO tracker@'%';
END
