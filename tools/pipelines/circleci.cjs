// Holds a CircleCI configuration to the schemas that CircleCI's own SDK ships: node circleci.cjs NODE_MODULES CONFIG. It prints the jobs, and
// the first mistake otherwise.
const { createRequire } = require("node:module");
const { readFileSync } = require("node:fs");

const [modules, config] = process.argv.slice(2);
const from = createRequire(modules + "/");
try {
  const parsed = from("@circleci/circleci-config-parser").parseConfig(from("yaml").parse(readFileSync(config, "utf8")));
  console.log(parsed.jobs.map((job) => job.name).join(" "));
} catch (error) {
  console.error(`${config}: ${error.message}`);
  process.exit(1);
}
