// Who speaks, in every format: the appliance that made the events.

export interface FormatOrigin {
  /** Name of this appliance. */
  sensor: string;
  /** Version of Daylight. */
  version: string;
  /** Whose events these are; '' if nobody said. */
  tenant: string;
}
