"""Machine reading (OCR) of pages: preparing images, the queue, progress, names proposed from texts."""
