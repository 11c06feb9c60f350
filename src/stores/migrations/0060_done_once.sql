-- Up Migration

-- Names what is made of a request: whoever does it again, because the process died before its answer was kept, finds what is there. Random, so that
-- nobody can choose it.
ALTER TABLE idempotency_keys ADD COLUMN seed text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', '');

-- By which request the present secret came; null where it had no key.
ALTER TABLE webhooks ADD COLUMN rotation text;

-- By which request it was asked for; null where it had no key.
ALTER TABLE agent_recoveries ADD COLUMN request text;

-- A token that is made again has another secret: processes that keep the first one at hand forget it.
CREATE TRIGGER api_tokens_tell_change AFTER UPDATE OF hash ON api_tokens FOR EACH ROW EXECUTE FUNCTION agent_token_was_removed();
CREATE TRIGGER agent_tokens_tell_change AFTER UPDATE OF hash ON agent_tokens FOR EACH ROW EXECUTE FUNCTION agent_token_was_removed();
SELECT orchestra_protect('api_tokens');
SELECT orchestra_protect('agent_tokens');
