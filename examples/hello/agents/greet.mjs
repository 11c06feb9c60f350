// A command agent is any program that reads JSON on stdin and writes JSON on stdout.
import { text } from 'node:stream/consumers';

const { input, attempt } = JSON.parse(await text(process.stdin));
console.log(JSON.stringify({ type: 'progress', percent: 50, message: `about to greet ${input.name}` }));
console.log(JSON.stringify({ greeting: `Hello, ${input.name}!`, letters: [...input.name].length, attempt }));
