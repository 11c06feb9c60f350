-- Up Migration

-- Until when it is tried: like messages, alerts can be sent again long after they were raised.
ALTER TABLE alert_deliveries ADD COLUMN ends_at timestamptz NOT NULL DEFAULT now() + interval '72 hours';
