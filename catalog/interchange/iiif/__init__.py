"""Records, their hierarchy, exhibitions and texts for external viewers: IIIF Presentation 3.0, Content Search 1.0 and
2.0.

Built from dicts and not with `iiif-prezi3`: version 3.1 allows Pillow only up to 12.0, older than the one we need, and
took 1.0 s for the canvases of 500 pages, against 0.14 s here.
"""
