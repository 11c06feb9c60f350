-- Up Migration

-- Of the span that offered the work: whoever claims it goes on with the trace.
ALTER TABLE remote_work ADD COLUMN trace text;
