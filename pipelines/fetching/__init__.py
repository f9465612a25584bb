"""How a source is asked: guarded, politely, page by page, each answer kept before the next question."""
