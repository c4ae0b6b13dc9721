-- Assessments.
SELECT user_id, created_at, title, score FROM quizzes
