"""The departments' and surveys' own figures: read, checked, all or nothing."""
