import { z } from "zod";
import { roleNameSchema, rolePermissionsSchema } from "../../../src/auth/role.ts";

export const newRoleSchema = z.strictObject({ permissions: rolePermissionsSchema });

export const roleSchema = z
  .strictObject({
    name: roleNameSchema,
    permissions: rolePermissionsSchema,
    /** Standard roles cannot be changed. */
    isStandard: z.boolean(),
  })
  .meta({ id: "Role" });
export type RoleReply = z.infer<typeof roleSchema>;
