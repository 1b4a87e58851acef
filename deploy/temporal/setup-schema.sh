#!/bin/sh
# Runs in temporalio/admin-tools. Connection and password come from SQL_* in the environment, never from arguments.
# Every command leaves alone what is there already, so this also upgrades the schema after the image tags were raised.
set -eu

schema() {
  database=$1 name=$2
  temporal-sql-tool --database "$database" create-database
  temporal-sql-tool --database "$database" setup-schema --version 0.0
  temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$name"
}

schema temporal temporal
schema temporal_visibility visibility
