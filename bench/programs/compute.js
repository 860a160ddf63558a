// Sorts, makes JSON and reads it again, and counts words.
const numbers = Array.from({ length: 200_000 }, (_, at) => (at * 7919) % 200_003).sort((a, b) => a - b);
const again = JSON.parse(JSON.stringify(numbers.map((number) => ({ number, text: `number ${number}` }))));
const counts = new Map();
for (const { text } of again) counts.set(text.length, (counts.get(text.length) ?? 0) + 1);
console.log(counts);
