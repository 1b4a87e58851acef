/** Whom to call: people by role, and the address of the team. */
import { z } from 'zod';
import { describe, section } from './field';
import { line } from './text';

export const mailAddress = (example: string) =>
  describe(z.string().regex(/^[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*@[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/), { expects: 'a mail address, without a name', example });

const person = (role: string) =>
  section(`${role}.`, {
    name: describe(line({ expects: 'a name', example: 'Ada Lovelace' }), { doc: 'Name.' }),
    phone: describe(z.string().regex(/^\+?[0-9][0-9 ()/.-]{2,30}$/), { doc: 'Telephone number.', expects: 'a telephone number', example: '"+44 20 7946 0000"' }),
    email: describe(mailAddress('ada@example.org'), { doc: 'Mail address.' }),
  });

export const contacts = section('Whom to call, by role: one person may have several. They stand in messages to the team and stakeholders; users are given `team` alone.', {
  team: describe(mailAddress('devops@example.org'), { doc: 'Mail address of the team that maintains the app.' }),
  on_call: person('The engineer on call. Default: the deployment lead').optional(),
  deployment_lead: person('Leads deployments'),
  operations_lead: person('Leads operations'),
  security_lead: person('Leads security'),
  technical_director: person('Whom to go on to: the technical director'),
  infrastructure_manager: person('Whom to go on to: the infrastructure manager'),
  security_manager: person('Whom to go on to: the security manager'),
});
