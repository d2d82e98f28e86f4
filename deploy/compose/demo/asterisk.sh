#!/bin/sh
# Writes the password of the exporter's manager user, which is a secret, where manager.conf includes it from, and starts Asterisk.
set -eu
umask 077
mkdir -p /run/asterisk/manager.d /var/lib/asterisk/astdb /var/log/asterisk/cdr-csv /var/spool/asterisk/outgoing
printf '[observer]\nsecret = %s\ndeny = 0.0.0.0/0.0.0.0\npermit = 0.0.0.0/0.0.0.0\nread = system,call,reporting,agent,security\nwrite = system,reporting\nwritetimeout = 5000\n' \
  "$(head -n 1 /run/secrets/asterisk_password)" > /run/asterisk/manager.d/observability.conf
exec asterisk -f -p -U asterisk
