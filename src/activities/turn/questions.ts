import { createHash, randomBytes } from 'node:crypto';
import type { Answer, Asked, Question } from '../../contracts/ports/turn-store';
import { canonicalJson } from '../../domain/canonical-json';

/** What became of a question: an answer counts for exactly what was asked. */
export interface QuestionState {
  hash: string;
  answer: Answer | undefined;
}

export function stateOfQuestion(question: Question, answers: readonly Answer[]): QuestionState {
  const hash = createHash('sha256').update(canonicalJson(question)).digest('hex');
  const { run, attempt } = question;
  const isMeant = (one: Answer): boolean => one.run === run && one.attempt === attempt && one.questionHash === hash;
  return { hash, answer: answers.find(isMeant) };
}

/** The question as it is asked: once, however often its run comes to it. */
export function ask<One extends Question>(question: One, { hash, answer }: QuestionState): Asked<One> {
  return { ...question, id: answer?.id ?? newApprovalId(), hash };
}

/** Easy to type, and never seen before. */
function newApprovalId(): string {
  return `a-${randomBytes(5).toString('hex')}`;
}
