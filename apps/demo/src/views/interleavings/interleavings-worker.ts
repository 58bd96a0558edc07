// Explores away from the page: a second of work must not stop it.
import { answerQuestions } from '../../answer-questions.ts';
import { walkOf } from './walk.ts';

answerQuestions(walkOf);
