-- What the CTE `objects` lists, at most $1 of them: kind; the parts of the name; what follows the name; what it is in words;
-- its definition, hashed where it is nobody's business, where it is long, and where it holds a literal that may be a secret.
SELECT o.kind::text, o.parts, o.tail::text, o.words::text,
       CASE WHEN o.body IS NULL OR o.body = '' THEN NULL
            WHEN NOT o.hidden AND length(o.body) <= 200
             AND strpos(regexp_replace(regexp_replace(o.body, '''[^'']*''::regclass', '', 'g'), '''[^'']{0,24}''', '', 'g'), '''') = 0
            THEN o.body
            ELSE 'sha256 ' || left(encode(sha256(convert_to(o.body, getdatabaseencoding())), 'hex'), 16) END
  FROM objects AS o LIMIT $1::int8
