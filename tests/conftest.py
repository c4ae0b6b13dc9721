"""Fixtures that every room's tests may use."""

pytest_plugins = (
    "model_training",  # small_dataset, trained, evaluated: one real tiny training and evaluation a session
    "postgres_server",  # postgres_server_url (one server a session), postgres_url (a fresh database a test)
    "s3_server",  # s3_bucket (an empty bucket of a real S3 server)
)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Name a case of bytes by its argument and number: packed bytes hold the time, and the two workers would differ."""
    return argname if isinstance(val, bytes) else None
