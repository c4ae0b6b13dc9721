-- Engagement and health metrics of a conversation.
SELECT user_id, conversation_id, created_at, engagement, sentiment, follow_up_quality FROM analytics
