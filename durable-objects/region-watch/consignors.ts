import { deleteIncidentsBefore, keepIncidents } from "../../src/adapters/d1/incidents.ts";
import { deleteTransitionsBefore, insertTransitions } from "../../src/adapters/d1/region-transitions.ts";
import { type Consignor, consignor } from "../courier.ts";
import type { Incidents } from "./incidents.ts";
import type { Transitions } from "./transitions.ts";

/** Of each kind in one flush. */
const FLUSH_ROWS = 200;

/** The records of which D1 has copies. */
export const consignorsOf = (transitions: Transitions, incidents: Incidents): readonly Consignor[] => [
  consignor(
    transitions,
    FLUSH_ROWS,
    (db, waiting) => insertTransitions(db, waiting.map(transitionOf)),
    deleteTransitionsBefore,
  ),
  consignor(incidents, FLUSH_ROWS, (db, waiting) => keepIncidents(db, waiting.map(incidentOf)), deleteIncidentsBefore),
];

const transitionOf = ({ transition }: ReturnType<Transitions["waiting"]>[number]) => transition;
const incidentOf = ({ incident }: ReturnType<Incidents["waiting"]>[number]) => incident;
