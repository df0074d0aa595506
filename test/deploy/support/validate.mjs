/** Reads manifests from standard input, each with the module of its models, and prints what their values do wrong. */
const chunks = [];
for await (const chunk of process.stdin) chunks.push(chunk);

const problems = [];
for (const { models, manifest } of JSON.parse(Buffer.concat(chunks).toString())) {
  const { [manifest.kind]: Kind } = await import(models);
  try {
    new Kind(manifest).validate();
  } catch (error) {
    problems.push(`${manifest.kind} ${manifest.metadata.name}: ${error.message}`);
  }
}
console.log(JSON.stringify(problems));
