/** What `npm run bench -- --help` says. */
export const HELP = `npm run bench -- [options]

Measures push-service against a bare loop of the same I/O and against a typical worker, on real
RabbitMQ and Redis, in interleaved rounds. Prints a table, and fails where a target is missed.

  --quick               the main rows only, smaller: under two minutes
  --only NAME           these rows only; may be repeated, or be a list with commas
  --skip NAME           all rows but these
  --list                names of all rows
  --rounds N            rounds of each contender in a row (3, and 2 in rows without a target)
  --notifications N     notifications of a round (20000)
  --soak-size N         notifications of the soak (1000000)
  --backlog-size N      notifications of the backlog (1000000)
  --profile             instead: where bare and service spend their CPU time, as flame graphs
                        (bench/profiles/) and as a table by stage of a notification
  --write               keep results in bench/results/latest.json and docs/images/bench.svg;
                        without it they are in .services/bench/. With --only or --skip the rows
                        that are left out stay there as they are
  --help                this

A full run takes an hour; --skip soak,backlog makes it half of that.
`;
