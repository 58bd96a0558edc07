// Makes both processes away from the page: a large parent takes a while.
import { answerQuestions } from '../../answer-questions.ts';
import { compareSpawns } from './compare-spawns.ts';

answerQuestions(compareSpawns);
