/** Ends a command with a status of its own, after it has printed all there is to say. */

export class ExitStatus extends Error {
  constructor(readonly status: number) {
    super(`exit status ${status}`);
  }
}
