"""How a page's image is shown: turned, straightened, cropped, parts covered. The original is never changed."""
