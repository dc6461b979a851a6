-- Schemas that are not the engine's own with their tables, at most $1 rows: schema; table, NULL for a schema without one; rows
-- as statistics estimate them, NULL where they know nothing; bytes; writes since the server began to count.
-- A partitioned table stands for all its partitions. Asked with nothing but the catalogue in the search path.
WITH brought AS MATERIALIZED (
  SELECT d.classid, d.objid FROM pg_depend AS d WHERE d.deptype = 'e'),
tables AS (
  SELECT c.relnamespace, c.relname, f.*
    FROM pg_class AS c CROSS JOIN LATERAL (
      SELECT sum(l.reltuples) FILTER (WHERE l.reltuples > 0 OR (l.reltuples = 0 AND l.relpages > 0) OR pg_relation_size(l.oid) = 0),
             sum(pg_total_relation_size(l.oid)), sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)
        FROM pg_class AS l LEFT JOIN pg_stat_user_tables AS s ON s.relid = l.oid
       WHERE l.oid = c.oid OR (c.relkind = 'p' AND l.oid IN (SELECT p.relid FROM pg_partition_tree(c.oid) AS p WHERE p.isleaf))
    ) AS f (rows, bytes, writes)
   WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
     AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_class'::regclass AND b.objid = c.oid))
SELECT n.nspname::text, t.relname::text, greatest(t.rows, 0)::int8, t.bytes::int8, t.writes::int8
  FROM pg_namespace AS n LEFT JOIN tables AS t ON t.relnamespace = n.oid
 WHERE n.nspname NOT IN ('information_schema', 'rdsadmin', 'rds_tools') AND n.nspname !~ '^pg_'
   AND NOT EXISTS (SELECT FROM brought AS b WHERE b.classid = 'pg_namespace'::regclass AND b.objid = n.oid)
 ORDER BY n.nspname COLLATE "C", t.relname COLLATE "C" LIMIT $1::int8
