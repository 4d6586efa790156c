import { objectStorage } from "../../scripts/sim/object-storage.ts";
import { openDatabase } from "../../scripts/sim/sql.ts";
import { describeObjectStorage } from "../ports/object-storage.ts";

let alarmAt: number | null = null;
const alarm = {
  get: () => alarmAt,
  set: (at: number | null) => {
    alarmAt = at;
  },
};
const storage = objectStorage(openDatabase(), alarm, () => true);

describeObjectStorage(async (work) => work(storage));
