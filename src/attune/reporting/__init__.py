"""Reports: their model, charts, and the pages made from them."""
