"""From a product database and object-store families to a verified dataset version."""
