-- The indexes of the table whose number is $2, by name; what cannot be used is said first.
-- Asked with nothing but the catalogue in the search path.
WITH objects (kind, parts, tail, words, body, hidden) AS (
  SELECT '', ARRAY[i.relname::text], '',
         CASE WHEN NOT x.indislive THEN 'INVALID, being dropped:' WHEN NOT x.indisready THEN 'INVALID, not kept up to date:'
              WHEN NOT x.indisvalid THEN 'INVALID, not for reading:' ELSE '' END,
         pg_get_indexdef(i.oid), false
    FROM pg_index AS x JOIN pg_class AS i ON i.oid = x.indexrelid WHERE x.indrelid = $2::text::oid)
