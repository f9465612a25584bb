"""From a publication to a finished folder that nobody reads yet."""
