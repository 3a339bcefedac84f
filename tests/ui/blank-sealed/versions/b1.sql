-- vx_x_x
--
-- revision: b1
-- down_revision: a1

-- upgrade


-- downgrade
