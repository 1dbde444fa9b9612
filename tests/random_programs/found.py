FOUND = {}
