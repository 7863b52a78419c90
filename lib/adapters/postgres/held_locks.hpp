// The keys of the advisory locks that sessions hold, as lock_key made them: whoever holds one lives.
#pragma once

/// A query of one column, `key`, for this database alone. PostgreSQL shows a key of 64 bits as two halves.
#define HELD_LOCKS                                                    \
  "select classid::bigint << 32 | objid::bigint as key from pg_locks" \
  " where locktype = 'advisory' and objsubid = 1 and granted"         \
  " and database = (select oid from pg_database where datname = current_database())"
