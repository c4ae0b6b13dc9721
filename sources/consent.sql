-- Everybody who must never be read, and why; the reasons are counted in the report.
SELECT user_id, consent AS reason FROM users WHERE consent <> 'granted'
