"""Records, what they stand in, exhibitions and the words on pages for viewers elsewhere: IIIF Presentation 3.0, Content
Search
1.0 and 2.0. Built by hand: the field's library wants an older Pillow than the one whose repairs we need."""
