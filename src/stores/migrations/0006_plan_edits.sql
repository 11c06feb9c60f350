-- Up Migration

-- Once the plan of a session was edited: the plan it was started with. A state that names no plan, as after a reset of the workflow to before the
-- edit, is one of that plan.
ALTER TABLE sessions ADD COLUMN first_plan_hash text;
