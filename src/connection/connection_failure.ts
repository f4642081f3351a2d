/** A connection could not be opened, or it broke. The text tells no secret. */
export class ConnectionFailure extends Error {
  /** @param name The class of the error that it stands for. */
  constructor(message: string, name = "ConnectionFailure") {
    super(message);
    this.name = name;
  }
}
