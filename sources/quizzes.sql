-- Assessments: when a user answered one.
SELECT user_id, created_at FROM quizzes
