# Counts in a dictionary, sorts, and joins text.
counts = {}
for number in range(600_000):
    counts[number * 7919 % 1000] = counts.get(number * 7919 % 1000, 0) + 1
text = ",".join(str(number) for number in sorted(range(200_000), key=lambda number: -number))
print(len(counts), len(text))
