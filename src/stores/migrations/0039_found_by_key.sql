-- Up Migration

-- Vectors are compared by the process that asks, which holds them: in SQL, number by number, that took a second for a thousand of them. They are two bytes a
-- number, the high one first, of the number times 32767; see src/domain/memory/unit-vector.ts.
CREATE FUNCTION bytes_of_vector(parts real[]) RETURNS bytea LANGUAGE sql IMMUTABLE
RETURN (SELECT coalesce(string_agg(int2send(round(part * 32767)::int2), '' ORDER BY place), '') FROM unnest(parts) WITH ORDINALITY AS x (part, place));
ALTER TABLE memory_embeddings ALTER COLUMN embedding TYPE bytea USING bytes_of_vector(embedding);
DROP FUNCTION bytes_of_vector(real[]);
-- They cannot be made smaller: nobody need try.
ALTER TABLE memory_embeddings ALTER COLUMN embedding SET STORAGE EXTERNAL;

-- Whether an outcome is still to be learnt, by what it is of.
CREATE INDEX outcomes_to_learn_by_attempt ON outcomes_to_learn (workspace, session, run, attempt);
