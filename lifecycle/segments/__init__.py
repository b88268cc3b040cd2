"""Segments: which fields a list of customers can be narrowed by, how each is asked, said and counted."""
