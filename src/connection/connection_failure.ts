/** A connection that could not be opened, or broke, in words that tell no secret. */
export class ConnectionFailure extends Error {
  /** @param name The name of the error that it stands for. */
  constructor(message: string, name = "ConnectionFailure") {
    super(message);
    this.name = name;
  }
}
