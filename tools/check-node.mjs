// Imported before anything else: ends the process with one line on a Node.js that is too old to run the rest. Keep it
// to what any Node.js understands.
const MIN_NODE = [20, 19];
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < MIN_NODE[0] || (major === MIN_NODE[0] && minor < MIN_NODE[1])) {
  process.stderr.write(
    `orbitmq: Node.js ${MIN_NODE.join('.')} or newer is needed, this is ${process.versions.node}\n`,
  );
  process.exit(1);
}
